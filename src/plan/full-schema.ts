import { z } from "zod";
import type { DriverDefinition } from "../ports/driver.ts";
import type { StepKind } from "../ports/step-kind.ts";
import { fileSchema } from "./file-schema.ts";
import type { Registries } from "./project.ts";
import { shapeOf } from "./schema-walk.ts";
import { commonShape, includeSchema } from "./step-schema.ts";
import { variable } from "./words.ts";

/** The grammar of the whole file, with every kind of step and every driver in it: for editors and for the manual. */
export function fullSchema({ kinds, drivers }: Registries) {
  return fileSchema({
    target: z.union(drivers.map(targetSchema)),
    step: z.union([...kinds.map(stepSchema), includeSchema]),
  });
}

/** What a target of this driver looks like. */
function targetSchema({ name, about, options }: DriverDefinition) {
  return z
    .strictObject({
      driver: z.literal(name).describe(about),
      secrets: z.array(variable).optional().describe("The secrets that this target may see."),
      ...shapeOf(options),
    })
    .describe(about);
}

/** What a step of this kind looks like: its options inside the kind's key, or beside it when that holds the short form. */
function stepSchema({ name, about, spec, shorthand }: StepKind) {
  const shape = shapeOf(spec);
  const short = shorthand === undefined ? undefined : shape[shorthand];
  const value = short ? z.union([short, spec]) : spec;
  const beside = Object.entries(shape)
    .filter(
      ([key]) => short && key !== shorthand && key !== name && !Object.hasOwn(commonShape, key),
    )
    .map(([key, schema]) => [key, z.optional(schema)]);
  return z
    .strictObject({ [name]: value.describe(about), ...commonShape, ...Object.fromEntries(beside) })
    .describe(about);
}
