const element = (id) => document.getElementById(id);

element("login").addEventListener("submit", (event) => {
  event.preventDefault();
  void login(event.target);
});
element("logout").addEventListener("click", () => void logout());

async function login(form) {
  const body = JSON.stringify(Object.fromEntries(new FormData(form)));
  const response = await fetch("/api/login/", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  if (response.ok) return show();
  const { message } = await response.json();
  element("problem").textContent = message;
  element("problem").hidden = false;
}

async function logout() {
  const token = /(?:^|; )csrftoken=([^;]*)/.exec(document.cookie)?.[1] ?? "";
  await fetch("/api/logout/", { method: "POST", headers: { "x-csrftoken": token } });
  location.reload();
}

/** Shows the copies of the newest exam, or leaves the login form when nobody is signed in. */
async function show() {
  const exams = await fetch("/api/exams/");
  if (!exams.ok) return;
  const [exam] = (await exams.json()).results;
  element("login").hidden = true;
  element("work").hidden = false;
  element("exam").textContent = exam ? exam.name : "There is no exam yet.";
  if (!exam) return;
  const copies = await fetch(`/api/exams/${exam.id}/copies/`);
  element("copies").replaceChildren(...(await copies.json()).results.map(row));
}

function row(copy) {
  const line = document.createElement("tr");
  const pages = copy.booklets.reduce((sum, booklet) => sum + booklet.pages_images.length, 0);
  line.append(
    cell(copy.anonymous_id),
    cell(pages),
    cell(copy.status, copy.status),
    cell(copy.score ?? "–"),
    cell(pdf(copy)),
  );
  return line;
}

function pdf(copy) {
  if (copy.status !== "GRADED") return "–";
  const link = document.createElement("a");
  link.href = `/api/grading/copies/${copy.id}/final-pdf/`;
  link.textContent = "Open";
  return link;
}

function cell(content, className = "") {
  const made = document.createElement("td");
  made.className = className;
  made.append(content);
  return made;
}

const health = await fetch("/api/health/");
element("version").textContent = (await health.json()).version;
await show();
