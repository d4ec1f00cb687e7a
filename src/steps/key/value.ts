import { Fault } from "../../model/failure.ts";
import type { KeyWork } from "./work.ts";

/** The key as it is written in the file. Fault when it is not given, or not what the plan says it is. */
export function keyOf({ spec, secrets }: KeyWork): {
  readonly text: string;
  readonly length: number;
} {
  const { secret, form, bytes } = spec;
  const text = secrets[secret];
  if (text === undefined)
    throw new Fault({
      code: "key-not-given",
      what: `${secret} was not given to this step.`,
      fix: `Declare it under the project's \`secrets\`, and on the step: \`secrets: [${secret}]\`.`,
    });
  const length = lengthOf(text, form);
  if (length === undefined || length === 0)
    throw new Fault({
      code: "key-wrong-form",
      what: length === 0 ? `${secret} is empty.` : `${secret} is not written as ${form}.`,
      fix: `Give ${secret} its value as your secrets manager has it, or correct \`form\`.`,
    });
  if (bytes !== undefined && length !== bytes)
    throw new Fault({
      code: "key-wrong-length",
      what: `${secret} is ${length} bytes long, not ${bytes}.`,
      fix: `Give ${secret} its whole value as your secrets manager has it, or correct \`bytes\` or \`form\`.`,
    });
  return { text, length };
}

/** Bytes that the text stands for; undefined when it is not written so. */
function lengthOf(text: string, form: KeyWork["spec"]["form"]): number | undefined {
  switch (form) {
    case "text":
      return Buffer.byteLength(text);
    case "hex":
      return /^(?:[0-9a-fA-F]{2})*$/.test(text) ? text.length / 2 : undefined;
    case "base64": {
      const isIt = text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
      return isIt ? Buffer.from(text, "base64").length : undefined;
    }
  }
}
