import { Fault } from "../../../model/failure.ts";
import type { HttpResponse } from "../../../ports/http.ts";

/** Whether the same request may be answered better a little later. */
export function mayPass({ status, body }: Pick<HttpResponse, "status" | "body">): boolean {
  return status === 429 || status >= 500 || codeIn(body) === "RequestTimeout";
}

/** What the storage says no to, in its own words. */
export function storageFault(
  { status, body }: Pick<HttpResponse, "status" | "body">,
  { method, url }: { method: string; url: string },
): Fault {
  const code = codeIn(body);
  const detail = `${status} ${new TextDecoder().decode(body.subarray(0, 2_000)).trim()}`;
  const what = `${method} ${url} was answered with ${code === "" ? status : `${status} ${code}`}.`;
  if (code === "NoSuchBucket")
    return new Fault({ code: "no-bucket", what, fix: "Make the bucket, or name another.", detail });
  if (code === "RequestTimeTooSkewed")
    return new Fault({ code: "storage-refused", what, fix: "Set this machine's clock.", detail });
  if (status === 403 || status === 401)
    return new Fault({
      code: "storage-refused",
      what,
      fix: "See that `access_key` and `secret_key` are right, that they may list, read, write and delete there, and that `region` and `endpoint` are the bucket's.",
      detail,
    });
  return new Fault({
    code: "storage-failed",
    what,
    fix: "See what the storage says, and run again.",
    detail,
  });
}

/** Nobody answered. */
export function storageSilent({ failure }: Fault, url: string): Fault {
  return new Fault({
    code: "storage-failed",
    what: `${url} could not be asked: ${failure.what}`,
    fix: "See that `endpoint` is right and that this machine reaches it; then run again.",
  });
}

function codeIn(body: Uint8Array): string {
  return /<Code>(\w+)<\/Code>/.exec(new TextDecoder().decode(body.subarray(0, 10_000)))?.[1] ?? "";
}
