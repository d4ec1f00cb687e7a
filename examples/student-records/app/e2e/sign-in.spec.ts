import { expect } from "@playwright/test";
import { signIn, test } from "./people.ts";

test("shows the sign-in form and the menu", { tag: "@critical" }, async ({ page }) => {
  await page.goto("/");
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await expect(page.getByRole("navigation").getByRole("link")).toHaveCount(3);
});

test("signs in with the right password", { tag: "@critical" }, async ({ page }) => {
  await signIn(page);
  await expect(page.getByRole("heading", { name: "Students" })).toBeVisible();
});

test("refuses a wrong password in words", { tag: "@critical" }, async ({ page }) => {
  await signIn(page, "wrong");
  await expect(page.getByRole("alert")).toHaveText("Username or password is wrong.");
});

test("stays signed in after a reload", async ({ signedIn: page }) => {
  await page.reload();
  await expect(page.getByRole("heading", { name: "Students" })).toBeVisible();
});

test("signs out", { tag: "@critical" }, async ({ signedIn: page }) => {
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
});
