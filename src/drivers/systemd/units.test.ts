import { expect, test } from "vitest";
import type { DriverWorld } from "../../ports/driver.ts";
import { noHosts } from "../../../test/rig/no-hosts.ts";
import { options } from "./options.ts";
import { rightsFor } from "./rights.ts";
import { type Setting, settingOf } from "./setting.ts";
import { shapeText } from "./shape.ts";
import { rootFiles, unitNames } from "./units.ts";

const release = { id: "v2+abc", name: "v2" };

function setting(given: object, secrets: Record<string, string> = {}): Setting {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing else is looked at
  const world = {
    hosts: noHosts,
    environment: "staging",
    target: "hub",
    project: "/home/me/Secure Files",
    secrets,
  } as unknown as DriverWorld;
  return settingOf(options.parse(given), world);
}

const hub = { command: ["node", "hub.js", "--say", 'a "b" $HOME 100%'], port: 8000 };

function texts(given: object, secrets?: Record<string, string>, own: Record<string, string> = {}) {
  const files = rootFiles(setting(given, secrets), { release, user: "erp", own });
  return new Map(files.map(({ path, text }) => [path, text]));
}

test("writes a unit that runs in the release's own folder, with nothing in it looked up by mistake", () => {
  const unit = texts({ units: { hub: { ...hub, memory_max: "300MB", stop: "5s" } } }).get(
    "units/hub.service",
  );
  expect(unit).toBe(`# seaworthy: /srv/Secure-Files/hub
[Unit]
Description=hub v2
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0
[Service]
Type=exec
User=erp
WorkingDirectory=/srv/Secure-Files/hub/releases/v2+abc
ExecStart="node" "hub.js" "--say" "a \\"b\\" $$HOME 100%%"
Restart=always
RestartSec=250ms
KillMode=mixed
TimeoutStopSec=5
MemoryMax=300000000
Environment="PORT=8000"
Environment="DATA=/srv/Secure-Files/hub/shared"
Environment="RELEASE=v2+abc"
Environment="RELEASE_NAME=v2"
LogExtraFields=SEAWORTHY_RELEASE=v2+abc
LogExtraFields=SEAWORTHY_TARGET=/srv/Secure-Files/hub
[Install]
WantedBy=multi-user.target
`);
});

test("a program of the release is named by its whole path, as systemd wants it", () => {
  const unit = texts({ units: { hub: { command: [".venv/bin/uvicorn", "hub:app"] } } });
  expect(unit.get("units/hub.service")).toContain(
    'ExecStart="/srv/Secure-Files/hub/releases/v2+abc/.venv/bin/uvicorn" "hub:app"',
  );
});

test("secrets stand in files of root's alone, never in a unit", () => {
  const secrets = { TOKEN: 'a"b$c`d\\e\nf' };
  const environment = texts({ units: { hub } }, secrets);
  expect(environment.get("private/environment")).toBe('TOKEN="a\\"b\\$c\\`d\\\\e\nf"\n');
  const credentials = texts({ units: { hub }, secrets_as: "credentials" }, secrets);
  expect(credentials.get("private/TOKEN")).toBe(secrets.TOKEN);
  expect(credentials.get("units/hub.service")).toContain(
    "LoadCredential=TOKEN:/etc/seaworthy/srv-Secure-Files-hub/v2+abc/private/TOKEN\n",
  );
  for (const files of [environment, credentials])
    expect(files.get("units/hub.service")).not.toContain("a\\");
});

test("the project's own unit keeps its words, is told our names, and gets the release's lines", () => {
  const own =
    "[Service]\nUser=${USER}\nWorkingDirectory=${FOLDER}\nExecStart=/bin/x ${MAINPID} ${PORT}";
  const unit = texts(
    { units: { hub: { unit_file: "hub.service", port: 8000 } } },
    {},
    { hub: own },
  );
  expect(unit.get("units/hub.service")).toContain(
    "[Service]\nUser=erp\nWorkingDirectory=/srv/Secure-Files/hub/releases/v2+abc\nExecStart=/bin/x ${MAINPID} 8000\n[Service]\n",
  );
});

test("`socket` has systemd hold the port", () => {
  const files = texts({ units: { hub }, serve: "socket" });
  expect(files.get("units/hub.socket")).toContain("ListenStream=8000\n");
  expect(files.get("units/hub.service")).toContain("Requires=hub.socket\n");
  expect(unitNames(setting({ units: { hub }, serve: "socket" }))).toEqual({
    services: ["hub.service"],
    sockets: ["hub.socket"],
    files: ["hub.service", "hub.socket"],
  });
});

const beside = {
  ports: [8001, 8002],
  router: { file: "/etc/nginx/hub.conf", text: "to ${port};", reload: ["nginx", "-s", "reload"] },
};

test("`beside` has a unit and a router's file for each of two ports", () => {
  const files = texts({ units: { hub }, serve: { beside } });
  expect([...files.keys()]).toEqual([
    "units/hub@8001.service",
    "units/hub@8002.service",
    "router/8001",
    "router/8002",
  ]);
  expect(files.get("router/8002")).toBe("to 8002;");
  expect(files.get("units/hub@8002.service")).toContain('Environment="PORT=8002"\n');
  const shape = shapeText(setting({ units: { hub }, serve: { beside }, ready: { get: "/" } }));
  expect(shape).toContain("UNITS='hub@PORT.service'\n");
  expect(shape).toContain("ASK_PORT='PORT'\n");
  expect(shape).toContain("RELOAD=''\\''nginx'\\'' '\\''-s'\\'' '\\''reload'\\'''\n");
});

test("a unit that is installed already needs no file, and one right alone", () => {
  const given = { units: { hub: { installed: true } } };
  expect(texts(given).size).toBe(0);
  expect(rightsFor(setting(given), release.id)).toEqual(["systemctl restart hub.service"]);
});

test("every right of root's is named before it is needed", () => {
  const rights = rightsFor(setting({ units: { hub }, serve: { beside } }), release.id);
  const verbs = rights.map((words) => words.split(" ").slice(0, 2).join(" "));
  expect(new Set(verbs)).toEqual(
    new Set([
      "systemctl restart",
      "systemctl daemon-reload",
      "systemctl enable",
      "systemctl stop",
      "install -m",
      "install -D",
      "rm -f",
      "rm -rf",
      "cmp -s",
      "nginx -s",
    ]),
  );
  expect(rights).toContain("systemctl restart hub@8001.service");
  const withSecrets = rightsFor(setting({ units: { hub } }, { TOKEN: "x" }), release.id);
  expect(withSecrets.find((words) => words.endsWith("/private"))).toMatch(/^install -d -m 700 /);
});

test.each<[string, object]>([
  ["no unit", { units: {} }],
  ["neither a command nor a unit file", { units: { hub: {} } }],
  ["both", { units: { hub: { command: ["x"], unit_file: "y" } } }],
  ["a question without a port", { units: { hub: { command: ["x"] } }, ready: { get: "/" } }],
  ["a socket without a port", { units: { hub: { command: ["x"] } }, serve: "socket" }],
  ["two units beside", { units: { hub, more: hub }, serve: { beside } }],
  ["the same port twice", { units: { hub }, serve: { beside: { ...beside, ports: [1, 1] } } }],
  [
    "a socket for an installed unit",
    { units: { hub: { installed: true, port: 1 } }, serve: "socket" },
  ],
  ["a root that leads upwards", { units: { hub }, root: "/srv/../etc" }],
  ["a setting of two lines", { units: { hub: { ...hub, settings: { User: "a\nUser=root" } } } }],
])("refuses %s", (_, given) => {
  expect(options.safeParse(given).success).toBe(false);
});

test("reading options twice equals reading them once", () => {
  const once = options.parse({ units: { hub }, serve: { beside } });
  expect(options.parse(once)).toEqual(once);
});
