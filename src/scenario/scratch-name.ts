/** Why a text can't be the name of a working file; undefined when it can. */
export function wrongName(name: string): string | undefined {
  if (name === "") return "it is empty";
  if (name.length > 200) return "it is longer than 200 characters";
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(name)) return "it holds a control character";
  if (name.includes("\\")) return "it holds a backslash";
  if (name.startsWith("/")) return "it is an absolute path";
  if (name.split("/").some((part) => part === "" || part === "." || part === ".."))
    return "it does not stay in the folder of working files";
  return undefined;
}
