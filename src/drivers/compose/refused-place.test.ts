import { expect, test } from "vitest";
import { refusedPlace } from "./refused-place.ts";

const GOOD = `services:
  web:
    image: shop
    ports: 80
    prots: [1]
  db:
    image: \${NOPE:?say which}
networks:
  back: 1
`;
const BROKEN = "services:\n  web:\n    image: shop\n\n   ports: [1]\n";
const ANCHORED = "x: &x { a: 1 }\nservices:\n  web: { <<: *x }\n";

// As v2.26 and v1.29 say it.
test.each([
  ["services.web Additional property prots is not allowed", GOOD, 5],
  ["Unsupported config option for services.web: 'prots'", GOOD, 5],
  ["services.web.ports must be a list", GOOD, 4],
  ["services.web.ports contains an invalid type, it should be an array", GOOD, 4],
  [
    "error while interpolating services.db.image: required variable NOPE is missing a value",
    GOOD,
    7,
  ],
  [
    'Missing mandatory value for "image" option interpolating ${NOPE:?say which} in service "db": say which',
    GOOD,
    7,
  ],
  ['service "web" depends on undefined service "db": invalid compose project', GOOD, 2],
  ["Service 'web' depends on service 'db' which is undefined.", GOOD, 2],
  ["error decoding 'services[web].mem_limit': invalid size: 'lots'", GOOD, 2],
  ["networks.back must be a mapping", GOOD, 9],
  ["yaml: line 2: did not find expected key", BROKEN, 5],
  [
    'yaml.parser.ParserError: while parsing a block mapping\n  in "./compose.yaml", line 3, column 3\nexpected <block end>\n  in "./compose.yaml", line 5, column 4',
    BROKEN,
    5,
  ],
  ["yaml: line 3: mapping values are not allowed", ANCHORED, 3],
  ["services.web Additional property a is not allowed", ANCHORED, undefined],
  ["services.none Additional property a is not allowed", GOOD, undefined],
  ["no configuration file provided: not found", GOOD, undefined],
])("finds the place of: %s", (words, text, line) => {
  const place = refusedPlace([{ file: "compose.yaml", text }], words);
  expect(place).toBe(line === undefined ? undefined : `compose.yaml:${line}`);
});

test("of several files it is the one that says most of it", () => {
  const other = { file: "infra/more.yaml", text: "services:\n  web:\n    prots: [1]\n" };
  const first = { file: "compose.yaml", text: "services:\n  web: { image: shop }\n" };
  const words = "services.web Additional property prots is not allowed";
  expect(refusedPlace([first, other], words)).toBe("infra/more.yaml:3");
});
