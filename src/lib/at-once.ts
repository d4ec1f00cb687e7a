/** Does the same for each of a list, so many at a time, and hands back what came of each, in the list's order. A rejection starts no further ones. */
export async function eachAtOnce<What, Made>(
  list: readonly What[],
  atOnce: number,
  act: (what: What) => Promise<Made>,
): Promise<readonly PromiseSettledResult<Made>[]> {
  const settled: PromiseSettledResult<Made>[] = [];
  let next = 0;
  let isRefused = false;
  const work = async (): Promise<void> => {
    while (next < list.length && !isRefused) {
      const at = next++;
      // oxlint-disable-next-line typescript/no-non-null-assertion -- below the length
      const [result] = await Promise.allSettled([act(list[at]!)]);
      settled[at] = result;
      isRefused ||= result.status === "rejected";
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, atOnce) }, work));
  return settled;
}
