import type { Found } from "./filter.ts";
import { cannot, PASSED, verdict } from "./judgement.ts";
import type { Judgement } from "./judgement.ts";
import type { SchemaVerdict, Tools } from "./judging.ts";
import type { Value } from "./value.ts";

/** A schema that was read from a file, as the reader writes it in place of the file's name. */
export interface FileSchema {
  readonly $file: string;
  readonly schema: Value;
}

/** Holds what was found against a JSON Schema. */
export function holdsSchema(written: Value, found: Found, tools: Tools): Judgement {
  const { $file: name, schema } = isFileSchema(written)
    ? written
    : { $file: "the schema", schema: written };
  const expected = `a value after ${name}`;
  if (found.found !== "value") return verdict(false, expected, found);
  if (tools.schema === undefined) return cannot("nothing was loaded that reads JSON Schema");
  if (typeof schema === "string") return cannot(`the file ${schema} was not read`);
  const judged = tools.schema(schema, found.value);
  if (judged.ok === "error") return cannot(`${name} cannot be used: ${judged.why}`);
  return judged.ok
    ? PASSED
    : {
        outcome: "failed",
        expected,
        actual: violationsOf(judged),
        isNothing: false,
        isSentence: true,
      };
}

function isFileSchema(written: Value): written is Value & FileSchema {
  return (
    typeof written === "object" && written !== null && "$file" in written && "schema" in written
  );
}

/** `not: /name must be text; /id is missing; and 3 more`. */
function violationsOf({ violations, count, more }: Extract<SchemaVerdict, { ok: false }>): string {
  const rest = count - violations.length;
  return [
    violations.map(({ at, what }) => `${at === "" ? "the value" : at} ${what}`).join("; "),
    ...(rest > 0 ? [`and ${rest} more`] : []),
    ...(more ? ["and maybe more"] : []),
  ].join("; ");
}
