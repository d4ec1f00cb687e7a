import { expect } from "@playwright/test";
import { addCourse, addStudent, test } from "./people.ts";

test("adds a course", { tag: "@critical" }, async ({ signedIn: page, mark }) => {
  await page.getByRole("link", { name: "Courses" }).click();
  await page.getByLabel("Code").fill(mark);
  await page.getByLabel("Title").fill("Engines");
  await page.getByRole("button", { name: "Add course" }).click();
  await expect(page.getByRole("row", { name: mark })).toBeVisible();
});

test("enrols a student", { tag: "@critical" }, async ({ signedIn: page, api, mark }) => {
  await addStudent(api, `Ada ${mark}`);
  await addCourse(api, mark);
  await page.reload();
  await page.getByRole("button", { name: `Ada ${mark}`, exact: true }).click();
  await page.getByRole("combobox").selectOption(`Course ${mark}`);
  await page.getByRole("button", { name: "Enrol" }).click();
  await expect(page.getByRole("listitem")).toHaveText(`Course ${mark}`);
});

test("keeps a grade", { tag: "@critical" }, async ({ api, mark }) => {
  const student = await addStudent(api, `Ada ${mark}`);
  const course = await addCourse(api, mark);
  const enrolled = await api.post(`/api/v1/courses/${course}/enrolments`, {
    data: { student_id: student },
  });
  const { id } = (await enrolled.json()).data;
  await api.patch(`/api/v1/enrolments/${id}`, { data: { grade: 15 } });
  const { data } = await (await api.get(`/api/v1/students/${student}`)).json();
  expect(data.enrolments).toEqual([expect.objectContaining({ grade: 15 })]);
});

test("refuses a code that is taken", async ({ api, mark }) => {
  await addCourse(api, mark);
  const again = await api.post("/api/v1/courses", { data: { code: mark, title: "Again" } });
  expect(again.status()).toBe(409);
});
