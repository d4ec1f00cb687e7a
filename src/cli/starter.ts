/** What a first project file is made from. */
export interface StarterFacts {
  readonly name: string;
  readonly port: number;
  readonly health: string;
  readonly command: readonly string[];
  /** The compose file that lies there. */
  readonly compose?: string;
}

/** A first project file: small, valid, and with each line said. */
export function starter(facts: StarterFacts): string {
  return facts.compose === undefined ? withProcesses(facts) : withStack(facts, facts.compose);
}

function withProcesses({ name, port, health, command }: StarterFacts): string {
  return `# How a release of ${name} gets onto an environment, and what must be true before people rely on it.
# Check it: seaworthy validate     Look ahead: seaworthy plan deploy     Do it: seaworthy run deploy TAG=v1.0.0
version: 1
project: ${name}

inputs:
  TAG: { required: true, about: Git tag to deploy }

targets:
  web:
    driver: local # processes on this machine, behind a front door that switches without losing a request
    port: ${port}
    processes:
      web: { command: [${command.map((word) => JSON.stringify(word)).join(", ")}] } # told where to listen by HOST and PORT
    shared: [data] # outlives releases
    ready: { get: ${health}, version: version } # the answer must name the release: {"version": "v1.0.0"}

environments:
  staging: { url: "http://127.0.0.1:${port}", targets: [web] }

plans:
  deploy:
    about: Put a tag on staging, or leave staging as it was
    steps:
      - preflight: [{ tool: git }, { disk: 1GB }]
      - checkout: { tag: "\${TAG}" }
      - deploy: web
        healthy_within: 60s
      - health: { get: ${health}, identity: { json: $.version }, within: 30s }
`;
}

function withStack({ name, port, health }: StarterFacts, file: string): string {
  return `# How a release of ${name} gets onto an environment, and what must be true before people rely on it.
# Check it: seaworthy validate     Look ahead: seaworthy plan deploy     Do it: seaworthy run deploy TAG=v1.0.0
version: 1
project: ${name}

inputs:
  TAG: { required: true, about: Git tag to deploy }

targets:
  stack:
    driver: compose
    file: ${JSON.stringify(file)} # as it is in the tag; it may use \${RELEASE}, the release's name
    # env: { PORT: "${port}" } # more values for the file; secrets come from \`secrets\`, by name
    # The answer must name the release: {"version": "v1.0.0"}. Give it RELEASE by \`environment\` in the compose file.
    ready: { get: ${health}, port: ${port}, version: version }

environments:
  staging: { url: "http://127.0.0.1:${port}", targets: [stack] }

plans:
  deploy:
    about: Put a tag on staging, or leave staging as it was
    steps:
      - preflight: [{ tool: git }, { tool: docker }, { disk: 1GB }]
      - checkout: { tag: "\${TAG}" }
      - build: stack # leave it out where images come from a registry
      - deploy: stack
        healthy_within: 90s
      - health: { get: ${health}, identity: { json: $.version }, within: 30s }
`;
}
