import type { Driver } from "../../src/ports/driver.ts";
import type { BuildOrder, Difference, Image, Images, SignIn } from "../../src/ports/images.ts";
import { Fault } from "../../src/model/failure.ts";

/** A target that writes down what is asked of its images, and builds `web` every time. */
export function imagesTarget(
  given: { readonly differences?: readonly Difference[]; readonly failure?: Fault["failure"] } = {},
) {
  const orders: BuildOrder[] = [];
  const signIns: (SignIn | undefined)[] = [];
  const image = (): Image => ({
    part: "web",
    id: `sha256:${orders.length}`,
    name: "registry.example/shop/web:v1",
    bytes: 1_000_000,
  });
  const images: Images = {
    async build(_, order, act) {
      if (given.failure) throw new Fault(given.failure);
      orders.push(order);
      act.say("building web");
      act.say("| Step 1/1 : FROM scratch");
      return [image()];
    },
    compare: async () => given.differences ?? [],
    weigh: async () => 1_234_567,
    async push(_, signIn) {
      signIns.push(signIn);
      return [{ ...image(), digest: "registry.example/shop/web@sha256:ab" }];
    },
    send: async (_, engine) => (engine.includes("has-it") ? 0 : 2_000_000),
    prune: async () => 0,
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing else of it is used
  return { orders, signIns, driver: { images } as unknown as Driver };
}
