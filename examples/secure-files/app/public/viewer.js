import { createTransfer } from "./transfer.js";

const element = (id) => document.getElementById(id);
const number = new Intl.NumberFormat("en");

/** What each state is called, and which buttons can be pressed in it. */
const STATES = {
  idle: { says: "Ready.", can: ["start"] },
  running: { says: "Downloading …", can: ["pause"] },
  paused: { says: "Paused.", can: ["start", "resume"] },
  failed: { says: "Broken off.", can: ["start", "resume"] },
  complete: { says: "Complete.", can: ["start"] },
};

let transfer;

element("form").addEventListener("submit", (event) => {
  event.preventDefault();
  transfer?.pause();
  forget();
  transfer = createTransfer({
    url: `/secure/files/${encodeURIComponent(element("blob").value.trim())}/stream`,
    token: element("token").value.trim(),
    limit: () => Number(element("limit").value) * 1_000_000,
    tell,
  });
  void transfer.run();
});
element("pause").addEventListener("click", () => transfer.pause());
element("resume").addEventListener("click", () => void transfer.run());

/** Shows where the transfer is. */
function tell({ state, received, total, speed, problem, file }) {
  const { says, can } = STATES[state];
  for (const id of ["start", "pause", "resume"]) element(id).disabled = !can.includes(id);
  element("transfer").dataset.state = state;
  if (element("status").textContent !== says) element("status").textContent = says;
  const percent = total ? Math.floor((received / total) * 100) : state === "complete" ? 100 : 0;
  element("progress").value = percent;
  element("percent").textContent = `${percent} %`;
  element("received").textContent = number.format(received);
  element("total").textContent = total === undefined ? "–" : number.format(total);
  element("speed").textContent = speed ? `${(speed / 1_000_000).toFixed(1)} MB/s` : "–";
  element("left").textContent = speed ? `${Math.ceil((total - received) / speed)} s` : "–";
  element("problem").hidden = problem === undefined;
  element("problem").textContent = problem ?? "";
  if (file) offer(file);
}

/** Hands the finished file to the browser, and leaves a link to save it again. */
function offer({ blob, name, sha256, isWhole }) {
  const link = element("save");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  element("sha256").textContent = sha256;
  element("verdict").textContent = isWhole ? "as uploaded" : "is NOT what was uploaded";
  element("done").hidden = false;
  link.click();
}

function forget() {
  const link = element("save");
  if (link.href) URL.revokeObjectURL(link.href);
  link.removeAttribute("href");
  element("done").hidden = true;
}

if (location.hash.length > 1) element("blob").value = decodeURIComponent(location.hash.slice(1));
const health = await fetch("/health");
element("version").textContent = (await health.json()).version;
