import { besideOf } from "./options.ts";
import type { Setting } from "./setting.ts";
import { unitNames } from "./units.ts";

/** Every command that needs root's rights on a host, as it will be given to sudo; what has other words each time by one example. */
export function rightsFor(setting: Setting, release: string): readonly string[] {
  const { etc, root, options, secrets } = setting;
  const { services, files } = unitNames(setting);
  const beside = besideOf(options);
  const named = (name: string) => name.replace("@PORT.", `@${beside?.ports[0]}.`);
  const at = `${etc}/${release}`;
  const restarts = services.map((name) => `systemctl restart ${named(name)}`);
  if (files.length === 0) return restarts;
  return [
    ...restarts,
    "systemctl daemon-reload",
    ...files
      .map(named)
      .flatMap((name) => [
        `systemctl enable --quiet -- ${name}`,
        `systemctl stop -- ${name}`,
        `install -D -m 0644 /dev/stdin ${at}/units/${name}`,
        `install -m 644 -- ${at}/units/${name} /etc/systemd/system/${name}`,
        `rm -f -- /etc/systemd/system/${name}`,
      ]),
    `install -D -m 600 /dev/stdin ${at}/payload`,
    ...(Object.keys(secrets).length === 0 ? [] : [`install -d -m 700 ${at}/private`]),
    `cmp -s - ${at}/payload`,
    `rm -rf ${at}`,
    ...(options.user === undefined
      ? []
      : [`install -d -o ${options.user} -m 755 -- ${root}/shared`]),
    ...(beside ? [beside.router.reload.join(" ")] : []),
  ];
}
