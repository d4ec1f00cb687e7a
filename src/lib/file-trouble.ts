/** What the kernel answers about a path, in words. */
const WORDS: Readonly<Record<string, string>> = {
  EACCES: "you may not write there",
  EPERM: "you may not write there",
  EROFS: "the file system is read-only",
  ENOENT: "it is not there",
  ENOTDIR: "a part of the path is a file, not a folder",
  EISDIR: "it is a folder",
  EEXIST: "there is a file of that name",
  ENOSPC: "the disk is full",
  EDQUOT: "your quota on that disk is used up",
  EIO: "the disk does not answer as it should",
  ELOOP: "its links lead in a circle",
  ENAMETOOLONG: "the path is too long",
};

/** Why the file system said no; undefined when somebody else threw. */
export interface FileTrouble {
  readonly code: string;
  readonly why: string;
  /** The path that it is about, when it is known. */
  readonly at?: string;
}

export function fileTrouble(error: unknown): FileTrouble | undefined {
  if (!(error instanceof Error && "syscall" in error && "code" in error)) return undefined;
  const code = String(error.code);
  const why = WORDS[code] ?? code;
  return "path" in error && typeof error.path === "string"
    ? { code, why, at: error.path }
    : { code, why };
}
