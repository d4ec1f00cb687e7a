import { sha256 } from "../../lib/digest.ts";
import { signed } from "../../lib/sigv4.ts";
import { xmlText } from "../../lib/xml.ts";
import type { HttpRequest } from "../../ports/http.ts";
import type { CloudFront } from "./purge-options.ts";

const API = "2020-05-31";

/**
 * The request that invalidates what a distribution has. The same reference with the same paths is the same invalidation,
 * however often it is asked for. https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateInvalidation.html
 */
export function invalidation(
  { distribution, paths, endpoint, access_key, secret_key, session_token }: CloudFront,
  { reference, at }: { reference: string; at: number },
): Pick<HttpRequest, "method" | "url" | "headers" | "body"> {
  const items = paths.map((each) => `<Path>${xmlText(each)}</Path>`).join("");
  const body =
    `<?xml version="1.0" encoding="UTF-8"?>\n` +
    `<InvalidationBatch xmlns="http://cloudfront.amazonaws.com/doc/${API}/">` +
    `<Paths><Quantity>${paths.length}</Quantity><Items>${items}</Items></Paths>` +
    `<CallerReference>${xmlText(reference)}</CallerReference></InvalidationBatch>`;
  const method = "POST";
  const url = `${endpoint.replace(/\/$/, "")}/${API}/distribution/${distribution}/invalidation`;
  const headers = signed(
    { method, url, headers: [["content-type", "text/xml"]], bodySha256: sha256(body), at },
    {
      accessKey: access_key,
      secretKey: secret_key,
      ...(session_token !== undefined && { sessionToken: session_token }),
      // CloudFront is everywhere, and signed for as if it were there.
      region: "us-east-1",
      service: "cloudfront",
    },
  );
  return { method, url, headers, body };
}
