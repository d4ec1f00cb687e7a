import type { HttpResponse } from "../../../ports/http.ts";
import type { Act } from "../../../ports/driver.ts";
import { type Identity, identify, show } from "../../identity.ts";
import { type Docker } from "../docker.ts";
import { isFine } from "../../docker-trouble.ts";
import type { SwitchOption } from "./options.ts";

/** Who is asked, and from where. */
export interface Question {
  readonly option: SwitchOption;
  /** Name of the container that is asked; it is its own, whatever else answers to the service's name. */
  readonly container: string;
  /** Containers in which the question may be asked, the best first: the proxy's, for then its way is proven as well. */
  readonly from: readonly string[];
  readonly release: string;
}

export interface Answer {
  readonly identity: Identity;
  readonly words: string;
}

// What images have in common is little: whichever of these is there asks. Each prints the answer as it came, but for
// busybox's wget, which has no words for anything but a good one.
const ASK = `
if command -v curl >/dev/null 2>&1; then exec curl -sS -i --http1.1 --max-time 5 -H "Host: $2" "$1"; fi
if command -v node >/dev/null 2>&1; then exec node -e '
const [url, host] = process.argv.slice(1);
require("node:http").get(url, { headers: { host, connection: "close" }, timeout: 5000 }, (answer) => {
  const say = (line) => process.stdout.write(line + String.fromCharCode(10));
  say("HTTP/1.1 " + answer.statusCode);
  for (let i = 0; i < answer.rawHeaders.length; i += 2) say(answer.rawHeaders[i] + ": " + answer.rawHeaders[i + 1]);
  say("");
  answer.pipe(process.stdout);
}).on("timeout", function () { this.destroy(new Error("no answer within 5 s")); });' "$1" "$2"; fi
if command -v python3 >/dev/null 2>&1; then exec python3 -c '
import sys, urllib.request, urllib.error
ask = urllib.request.Request(sys.argv[1], headers={"Host": sys.argv[2]})
try: answer = urllib.request.urlopen(ask, timeout=5)
except urllib.error.HTTPError as error: answer = error
print("HTTP/1.1", answer.status)
for name, value in answer.headers.items(): print(name + ": " + value)
print("")
sys.stdout.flush()
sys.stdout.buffer.write(answer.read(1000000))' "$1" "$2"; fi
if command -v wget >/dev/null 2>&1; then
  body=$(wget -q -O - -T 5 --header "Host: $2" "$1")
  printf 'HTTP/1.1 200\\n\\n%s' "$body"
  exit
fi
echo "there is no curl, node, python3 or wget to ask with" >&2
exit 127`;

/** Asks a container once which release it is. */
export async function ask(docker: Docker, question: Question, act: Act): Promise<Answer> {
  const { option, container, release } = question;
  const url = `http://${container}:${option.port}${option.ready.get}`;
  const host = option.ready.host ?? container;
  let words = "nobody could ask it";
  for (const from of question.from) {
    const argv = ["exec", from, "sh", "-ceu", ASK, "sh", url, host];
    const told = await docker.look(argv, act, { timeoutMs: ANSWER_MS, maxBytes: 1_000_000 });
    const response = isFine(told) ? readAnswer(told.stdout) : undefined;
    if (response !== undefined)
      return { identity: identify(response, option.ready, release), words: show(response) };
    words = told.tail.trim() || words;
    const cannotAsk = told.ended.how === "exit" && told.ended.code >= 126;
    if (!cannotAsk) break;
  }
  return { identity: { is: "unclear", why: words }, words };
}

const ANSWER_MS = 10_000;

/** An answer in its raw form: a status line, headers, an empty line, a body. */
export function readAnswer(raw: string): HttpResponse | undefined {
  const end = /\r?\n\r?\n/.exec(raw);
  const status = /^HTTP\/[\d.]+ (\d{3})/.exec(raw)?.[1];
  if (end === null || status === undefined) return undefined;
  const headers = raw
    .slice(0, end.index)
    .split(/\r?\n/)
    .slice(1)
    .flatMap((line) => {
      const colon = line.indexOf(":");
      return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 1).trim()] as const];
    });
  const body = new TextEncoder().encode(raw.slice(end.index + end[0].length));
  const plain = { truncated: false, durationMs: 0, firstByteMs: 0, sha256: "" };
  return { ...plain, status: Number(status), headers, body, bytes: body.length };
}
