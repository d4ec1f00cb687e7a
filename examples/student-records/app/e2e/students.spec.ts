import { expect } from "@playwright/test";
import { addStudent, test } from "./people.ts";

test("adds a student", { tag: "@critical" }, async ({ signedIn: page, mark }) => {
  await page.getByRole("textbox", { name: "Name", exact: true }).fill(`Ada ${mark}`);
  await page.getByLabel("E-mail").fill(`${mark}@example.org`);
  await page.getByRole("button", { name: "Add student" }).click();
  await expect(page.getByRole("row", { name: `Ada ${mark}` })).toBeVisible();
});

test("lists students", { tag: "@critical" }, async ({ signedIn: page, api, mark }) => {
  await addStudent(api, `Ada ${mark}`);
  await page.reload();
  await expect(page.getByRole("row", { name: `Ada ${mark}` })).toBeVisible();
});

test("renames a student", { tag: "@critical" }, async ({ signedIn: page, api, mark }) => {
  await addStudent(api, `Ada ${mark}`);
  await page.reload();
  await page.getByRole("button", { name: `Ada ${mark}`, exact: true }).click();
  await page.getByLabel("New name").fill(`Grace ${mark}`);
  await page.getByRole("button", { name: "Rename" }).click();
  await expect(page.getByRole("heading", { name: `Grace ${mark}` })).toBeVisible();
});

test("removes a student", { tag: "@critical" }, async ({ signedIn: page, api, mark }) => {
  await addStudent(api, `Ada ${mark}`);
  await page.reload();
  await page.getByRole("button", { name: `Remove student Ada ${mark}` }).click();
  await expect(page.getByRole("row", { name: `Ada ${mark}` })).toHaveCount(0);
});

test("finds a student by part of the name", async ({ signedIn: page, api, mark }) => {
  await addStudent(api, `Ada ${mark} Lovelace`);
  await addStudent(api, `Grace ${mark} Hopper`);
  await page.getByLabel("Search").fill(`${mark} lovel`);
  await expect(page.getByRole("row", { name: "Lovelace" })).toBeVisible();
  await expect(page.getByRole("row", { name: "Hopper" })).toHaveCount(0);
});

test("refuses an address that is taken", async ({ signedIn: page, api, mark }) => {
  await addStudent(api, `Ada ${mark}`);
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Somebody else");
  await page.getByLabel("E-mail").fill(`ada-${mark}@example.org`);
  await page.getByRole("button", { name: "Add student" }).click();
  await expect(page.getByRole("alert")).toHaveText("There is one like that already.");
});

test("refuses an address that is none", async ({ api }) => {
  const response = await api.post("/api/v1/students", { data: { name: "Ada", email: "nowhere" } });
  expect(response.status()).toBe(422);
});
