import { ask } from "./api.js";

const element = (id) => document.getElementById(id);
const PAGES = ["students", "courses", "overview"];
let isSignedIn = false;
let shown;

const valuesOf = (form) => Object.fromEntries(new FormData(form));

/** Does what a form asks for; what is wrong stands below it. */
function onSubmit(id, problem, act) {
  element(id).addEventListener("submit", (event) => {
    event.preventDefault();
    void submit(event.target, problem && element(problem), act);
  });
}

async function submit(form, words, act) {
  if (words) words.hidden = true;
  try {
    await act(valuesOf(form));
    form.reset();
    await showPage();
  } catch (error) {
    if (!words) throw error;
    words.textContent = error.message;
    words.hidden = false;
  }
}

onSubmit("login", "login-problem", async (values) => {
  await ask("POST", "/auth/login", values);
  isSignedIn = true;
});
onSubmit("add-student", "student-problem", (values) => ask("POST", "/students", values));
onSubmit("add-course", "course-problem", (values) => ask("POST", "/courses", values));
onSubmit("enrol", undefined, async ({ course }) => {
  await ask("POST", `/courses/${course}/enrolments`, { student_id: shown });
  await openStudent(shown);
});
onSubmit("rename", undefined, async (values) => {
  await ask("PATCH", `/students/${shown}`, values);
  await openStudent(shown);
});

element("logout").addEventListener("click", () => void signOut());
element("search").addEventListener("input", () => void showStudents());
addEventListener("hashchange", () => void showPage());

async function signOut() {
  await ask("POST", "/auth/logout");
  isSignedIn = false;
  await showPage();
}

/** Shows the page that the address names, or the sign-in form. */
async function showPage() {
  const page = PAGES.find((name) => `#${name}` === location.hash) ?? "students";
  element("login").hidden = isSignedIn;
  element("logout").hidden = !isSignedIn;
  for (const name of PAGES) element(name).hidden = !isSignedIn || name !== page;
  for (const link of document.querySelectorAll("nav a"))
    link.toggleAttribute("aria-current", isSignedIn && link.hash === `#${page}`);
  if (!isSignedIn) return;
  await { students: showStudents, courses: showCourses, overview: showOverview }[page]();
}

async function showStudents() {
  const search = element("search").value;
  const { count, students } = await ask("GET", `/students?search=${encodeURIComponent(search)}`);
  element("student-rows").replaceChildren(
    ...students.map((student) =>
      row([
        ["Name", button(student.name, "link", () => openStudent(student.id))],
        ["E-mail", student.email],
        ["Courses", student.courses],
        ["", remove(`student ${student.name}`, `/students/${student.id}`)],
      ]),
    ),
  );
  element("student-count").textContent = `${count} ${count === 1 ? "student" : "students"}`;
}

async function showCourses() {
  const { courses } = await ask("GET", "/courses");
  element("course-rows").replaceChildren(
    ...courses.map((course) =>
      row([
        ["Code", course.code],
        ["Title", course.title],
        ["Students", course.students],
        ["", remove(`course ${course.code}`, `/courses/${course.id}`)],
      ]),
    ),
  );
}

async function showOverview() {
  const subjects = ["students", "courses", "grades"];
  const [students, courses, grades] = await Promise.all(
    subjects.map((subject) => ask("GET", `/metrics/${subject}`)),
  );
  element("count-students").textContent = students.count;
  element("count-courses").textContent = courses.count;
  element("count-enrolments").textContent = courses.enrolments;
  element("average").textContent = grades.average ?? "none yet";
}

async function openStudent(id) {
  shown = id;
  const [student, { courses }] = await Promise.all([
    ask("GET", `/students/${id}`),
    ask("GET", "/courses"),
  ]);
  element("student-name").textContent = student.name;
  element("student-courses").replaceChildren(...student.enrolments.map(enrolmentLine));
  document
    .querySelector("#enrol select")
    .replaceChildren(...courses.map(({ id: value, title }) => new Option(title, value)));
  if (!element("student").open) element("student").showModal();
}

function enrolmentLine({ id, title, grade }) {
  const line = document.createElement("li");
  const field = document.createElement("input");
  Object.assign(field, { type: "number", min: 0, max: 20, step: 0.5, value: grade ?? "" });
  field.setAttribute("aria-label", `Grade in ${title}`);
  field.addEventListener("change", () => void giveGrade(id, field.value));
  line.append(title, field);
  return line;
}

function giveGrade(enrolment, text) {
  return ask("PATCH", `/enrolments/${enrolment}`, { grade: text === "" ? null : Number(text) });
}

function row(cells) {
  const line = document.createElement("tr");
  for (const [label, content] of cells) {
    const cell = line.insertCell();
    cell.dataset.label = label;
    cell.append(content);
  }
  return line;
}

function button(text, className, act) {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", textContent: text, className });
  made.addEventListener("click", act);
  return made;
}

function remove(what, path) {
  const made = button("Remove", "quiet", async () => {
    await ask("DELETE", path);
    await showPage();
  });
  made.setAttribute("aria-label", `Remove ${what}`);
  return made;
}

isSignedIn = (await ask("GET", "/auth/state")).signed_in;
await showPage();
element("version").textContent = (await (await fetch("/api/v1/version")).json()).version;
