import { expect } from "@playwright/test";
import { addStudent, test } from "./people.ts";

test("answers in the envelope", { tag: "@critical" }, async ({ api }) => {
  const body = await (await api.get("/api/v1/students")).json();
  expect(body).toMatchObject({ success: true, error: null });
  expect(Date.parse(body.meta.timestamp)).not.toBeNaN();
});

test("shows the counts", async ({ signedIn: page }) => {
  await page.getByRole("link", { name: "Overview" }).click();
  await expect(page.locator("#count-courses")).toHaveText(/^\d+$/);
});

test("writes down who changed what", async ({ api, mark }) => {
  const id = await addStudent(api, `Ada ${mark}`);
  const { data } = await (await api.get("/api/v1/audit")).json();
  expect(data.entries).toContainEqual(
    expect.objectContaining({ actor: "admin", action: "student_added", object: `student ${id}` }),
  );
});
