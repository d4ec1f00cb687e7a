import { brokenPromises } from "./check-story.ts";
import { randomFrom } from "./random.ts";
import { tell } from "./simulate.ts";
import { storyOf } from "./stories.ts";

/**
 * Cuts the power at every instant of the seed's story, and at each of them again at a random instant of the recovery.
 * Returns how many crash points that were, and every broken promise with the numbers that replay it.
 */
export async function crashEverywhere(
  seed: number,
): Promise<{ points: number; broken: readonly string[] }> {
  const story = storyOf(seed);
  const random = randomFrom(seed ^ 0x5eed);
  const whole = await tell(story, []);
  const broken: string[] = [];
  let points = 0;
  for (let cut = 0; cut < whole.spent; cut += 1) {
    for (const cuts of [[cut], [cut, random.below(12)]]) {
      points += cuts.length;
      const { outside, left } = await tell(story, cuts);
      const found = brokenPromises(story.plan, outside, left);
      broken.push(
        ...found.map((what) => `seed ${seed}, power cut after ${cuts.join(" and ")}: ${what}`),
      );
    }
  }
  return { points, broken };
}
