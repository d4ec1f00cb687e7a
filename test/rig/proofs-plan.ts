/** Companion files and plan in which every kind of proof has its turn; the url's port is written as PORT. */
export const PROOFS_FILES = {
  "proof.scenario.yaml": `scenario: Things work
setup:
  - name: Seed
    post: /things
    json: { name: lamp }
    expect: { status: 201 }
    capture: { SEED: { json: $.id } }
steps:
  - name: Make data
    make: { file: up.bin, size: 300KB, seed: 1 }
    capture: { SHA: { sha256: true } }
  - name: Upload
    post: /upload
    file: up.bin
    expect: { status: 201, json: { $.sha256: "\${SHA}" } }
  - name: Download
    get: /file
    download: down.bin
    expect: { status: 200, bytes: 200000 }
    timeout: 60s
  - name: Start a job
    post: /jobs
    expect: { status: 202 }
    capture: { JOB: { json: $.id } }
  - name: The job is done
    get: "/jobs/\${JOB}"
    until: { json: { $.state: done } }
    every: 40ms
    within: 60s
always:
  - name: Remove the seed
    delete: "/things/\${SEED}"
    expect: { status: 204 }
    timeout: 60s
`,
  "before-load.scenario.yaml": `scenario: Load with a file
steps:
  - name: Make data
    make: { file: up.bin, size: 10KB, seed: 1 }
    capture: { SHA: { sha256: true } }
  - name: Ask
    get: /load
    headers: { x-sha: "\${SHA}" }
    expect: { status: 200 }
`,
  "version.scenario.yaml": `scenario: Which version
steps:
  - name: Ask
    get: /
    expect: { status: 200 }
    capture: { VERSION: { json: $.version } }
  - name: Keep a file
    get: /copy
    download: copy.bin
    expect: { bytes: 200000 }
    timeout: 60s
`,
} as const;

/** The steps between the two marks and what is judged since them. Each counts what it does where nobody can forget it. */
const MIDDLE = {
  load: `load:
          scenario: before-load.scenario.yaml
          step: Ask
          closed: { requests: 100, concurrency: 5 }
          expect: ["errors == 0", "memory < 4 GB"]
          target: web
          timeout: 60s
          effect: read`,
  stays: `stability: { target: web, for: 2s, every: 1s, health: { get: /health, timeout: 60s } }`,
  suite: `tests: { command: [node, suite.mjs], report: unit.xml, at_least: 2, env: { COUNTER: "\${COUNTER}" } }`,
  again: `twice:
          run: [node, seed.mjs, again]
          env: { COUNTER: "\${COUNTER}" }
          same: [{ sqlite: data/shop.db }, { scenario: version.scenario.yaml }]`,
  things: `scenario: proof.scenario.yaml
        proves: true
        save: { junit: things.junit.xml, html: things.html, json: things.json }`,
  visit: `command: [node, visit.mjs]
        env: { COUNTER: "\${COUNTER}", URL: "http://127.0.0.1:PORT" }
        undo: { none: it is only counted }`,
} as const;

const DEPLOY = `      - checkout: { tag: "\${TAG}", repo: app }
      - id: up
        deploy: web
        healthy_within: 30s
`;

/** `together`: what stands between the marks runs side by side, so that one kill meets many of them. */
export function proofsYaml({ together }: { together: boolean }): string {
  const middle = Object.entries(MIDDLE).map(([id, text]) => {
    const needs = together ? "needs: [audit-mark]\n        " : "";
    return `      - id: ${id}\n        ${needs}${text}\n`;
  });
  return `version: 1
project: proofs
inputs:
  TAG: { required: true, about: Git tag to deploy }
  COUNTER: { required: true, about: File that counts }
  CHECK: { default: "true", about: Whether the release is fit }
targets:
  web:
    driver: local
    port: PORT
    processes: { web: { command: [node, server.mjs] } }
    ready: { get: /, version: version }
environments:
  staging: { url: "http://127.0.0.1:PORT", targets: [web] }
plans:
  first:
    steps:
${DEPLOY}  deploy:
    log: deploy.log
    steps:
${DEPLOY}      - id: seed
        command: [node, seed.mjs, seed]
        env: { COUNTER: "\${COUNTER}" }
        undo: { none: it is needed as it is }
      - id: metrics-mark
        metrics: { get: /metrics, mark: true, timeout: 60s }
      - id: audit-mark
        logs: { file: audit.log, mark: true }
${middle.join("")}      - id: metrics
        ${together ? `needs: [${Object.keys(MIDDLE).join(", ")}]\n        ` : ""}metrics:
          get: /metrics
          since: metrics-mark
          timeout: 60s
          expect: ["shop_visits_total rose by 1", "shop_loads_total rose by at least 110", "shop_downloads_total rose by at least 1"]
      - id: audit
        logs: { file: audit.log, since: audit-mark, entries: [{ where: { event: visit }, fields: [number], at_most: 1 }] }
      - id: said
        logs: { target: web, must: ['"event":"late"'], within: 60s, must_not: [ERROR], levels: { error: 0 }, new_errors: fail }
        save: { full: said.log }
      - id: fit
        load: { get: "/fit/\${CHECK}", closed: { requests: 20, concurrency: 2 }, expect: "errors == 0", abort: false }
  look:
    steps:
${DEPLOY}      - id: page
        browser:
          open: /page
          patience: 60s
          steps:
            - wait: { "#words": "All is well", within: 60s }
            - download: { click: "#save", bytes: 200000 }
      - id: fit
        load: { get: "/fit/\${CHECK}", closed: { requests: 20, concurrency: 2 }, expect: "errors == 0", abort: false }
`;
}
