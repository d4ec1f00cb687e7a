import { httpAnswer } from "./http-answer.ts";
import type { Http, HttpRequest, HttpResponse } from "../../src/ports/http.ts";

/** The nine-step smoke scenario that the tests of this room run. */
export const SMOKE = `scenario: Grading works
about: A teacher locks a copy, annotates it, finalizes it and gets its PDF
hints: { "status 5\\\\d\\\\d": "The application broke. Read its log." }
steps:
  - name: Log in
    post: /api/login/
    json: { username: "\${SMOKE_USER}", password: "\${SMOKE_PASS}" }
    expect: { status: 200, json: { $.message: Login successful }, cookie: { sessionid: { exists: true } } }
    capture:
      CSRF: { cookie: csrftoken, secret: true }
    save: login.json
    hints: { "status 40[013]": "Check SMOKE_USER and SMOKE_PASS." }

  - name: Find an exam
    get: /api/exams/
    expect: { status: 200 }
    capture:
      EXAM: { json: "$.results[*].id", first: true }
    save: exams.json

  - name: List READY copies
    get: /api/exams/\${EXAM}/copies/
    expect: { status: 200 }
    capture:
      COPY: { json: "$.results[?@.status=='READY' && count(@.pages_images[*]) > 0].id", first: true }
    save: copies.json
    hints: { "found nothing": "No READY copy with pages. Seed the data: manage.py seed_e2e_data" }

  - name: Lock the copy
    post: /api/grading/copies/\${COPY}/lock/
    headers: { X-CSRFToken: "\${CSRF}" }
    expect: { status: 201 }
    capture:
      LOCK: { json: $.token }
    save: { name: lock.txt, what: all }
    hints: { "status 409": "The copy is locked. See who holds it: GET /api/grading/copies/ID/lock/status/" }

  - name: Annotate it
    post: /api/grading/copies/\${COPY}/annotations/
    headers: { X-CSRFToken: "\${CSRF}", X-Lock-Token: "\${LOCK}" }
    json: { page_index: 0, x: 0.1, y: 0.1, w: 0.2, h: 0.1, type: COMMENT, content: staging-smoke-test }
    expect: { status: 201 }
    capture:
      ANNOTATION: { json: $.id }
    save: annotation_post.txt
    hints: { "status 403": "Was X-Lock-Token sent? Look at annotation_post.txt." }

  - name: Read the annotations
    get: /api/grading/copies/\${COPY}/annotations/
    expect:
      status: 200
      json:
        $.results: { count: { at_least: 1 } }
        "$.results[?@.id == \${ANNOTATION}].content": { first: staging-smoke-test }
    save: annotations_get.json

  - name: Finalize
    post: /api/grading/copies/\${COPY}/finalize/
    headers: { X-CSRFToken: "\${CSRF}", X-Lock-Token: "\${LOCK}" }
    expect: { status: 200, json: { $.status: GRADED } }
    save: finalize.txt

  - name: Verify the PDF
    get: /api/grading/copies/\${COPY}/final-pdf/
    expect: { status: 200, header: { content-type: application/pdf }, pdf: true, duration: { at_most: 5s } }
    save: { name: pdf_head.txt, what: head }

  - name: Unlock
    delete: /api/grading/copies/\${COPY}/lock/release/
    headers: { X-CSRFToken: "\${CSRF}", X-Lock-Token: "\${LOCK}" }
    expect: { status: 204 }
    best_effort: true
    save: unlock.txt
`;

const PDF = `%PDF-1.4
1 0 obj
<< /Type /Catalog /Pages 2 0 R >>
endobj
2 0 obj
<< /Type /Pages /Kids [3 0 R] /Count 1 >>
endobj
3 0 obj
<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>
endobj
xref
0 4
0000000000 65535 f 
0000000009 00000 n 
0000000058 00000 n 
0000000115 00000 n 
trailer
<< /Size 4 /Root 1 0 R >>
startxref
182
%%EOF
`;

export interface Reply {
  readonly status?: number;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string | Uint8Array;
  readonly truncated?: boolean;
}

/** An Http that a function answers; every request is kept. */
export function scripted(
  reply: (request: HttpRequest) => Reply | Promise<Reply>,
): Http & { readonly asked: HttpRequest[] } {
  const asked: HttpRequest[] = [];
  return {
    asked,
    send: async (request): Promise<HttpResponse> => {
      asked.push(request);
      const { status = 200, headers = [], body = "", truncated = false } = await reply(request);
      const answer = httpAnswer({ status, headers, body, truncated });
      if (answer.body.length > 0) await request.into?.(answer.body);
      return answer;
    },
  };
}

function textOf({ body }: HttpRequest): string {
  if (typeof body !== "string") throw new Error("The grading application reads texts alone.");
  return body;
}

function json(status: number, body: unknown): Reply {
  return { status, headers: [["Content-Type", "application/json"]], body: JSON.stringify(body) };
}

/** What the grading application answers; `change` may break one answer. */
export function gradingApp(change: (request: HttpRequest) => Reply | undefined = () => undefined) {
  const annotations: unknown[] = [];
  let locked = false;
  return scripted((request) => change(request) ?? answer(request));

  function answer(request: HttpRequest): Reply {
    const { pathname } = new URL(request.url);
    const header = (name: string) =>
      request.headers?.find(([key]) => key.toLowerCase() === name)?.[1];
    if (pathname === "/api/login/") {
      const { password } = JSON.parse(textOf(request)) as { password: string };
      if (password !== "correct horse")
        return json(401, { detail: "Invalid credentials", tried: password });
      const { headers = [], ...rest } = json(200, { message: "Login successful" });
      return {
        ...rest,
        headers: [
          ...headers,
          ["Set-Cookie", "sessionid=s3ss10n-value; Path=/; HttpOnly"],
          ["Set-Cookie", "csrftoken=csrf-value-1234; Path=/"],
        ],
      };
    }
    if (!header("cookie")?.includes("sessionid=s3ss10n-value"))
      return json(401, { detail: "no session" });
    if (request.method !== "GET" && header("x-csrftoken") !== "csrf-value-1234")
      return json(403, { detail: "CSRF" });
    if (pathname === "/api/exams/") return json(200, { results: [{ id: 7 }, { id: 8 }] });
    if (pathname === "/api/exams/7/copies/")
      return json(200, {
        results: [
          { id: "c-0", status: "READY", pages_images: [] },
          { id: "c-1", status: "READY", pages_images: ["a.png"] },
        ],
      });
    if (pathname.endsWith("/lock/")) {
      locked = true;
      return json(201, { token: "lock-token-abcdefgh" });
    }
    if (request.method !== "GET" && header("x-lock-token") !== "lock-token-abcdefgh")
      return json(403, { detail: "lock token" });
    if (pathname.endsWith("/annotations/") && request.method === "POST") {
      annotations.push({
        id: annotations.length + 1,
        ...(JSON.parse(textOf(request)) as object),
      });
      return json(201, annotations.at(-1));
    }
    if (pathname.endsWith("/annotations/")) return json(200, { results: annotations });
    if (pathname.endsWith("/finalize/")) {
      locked = false;
      return json(200, { status: "GRADED" });
    }
    if (pathname.endsWith("/final-pdf/"))
      return { headers: [["Content-Type", "application/pdf"]], body: PDF };
    return json(locked ? 204 : 404, { detail: "not locked" });
  }
}
