import { randomBytes } from "node:crypto";
import { type APIRequestContext, expect, type Page, test as base } from "@playwright/test";

const PASSWORD = process.env["ADMIN_PASSWORD"] ?? "";

/** What is made for one test, and is gone after it. */
interface Made {
  /** A word that nothing else has in it. */
  readonly mark: string;
  /** Asks the interface as somebody who is signed in. */
  readonly api: APIRequestContext;
  /** A page with somebody signed in. */
  readonly signedIn: Page;
}

export const test = base.extend<Made>({
  // oxlint-disable-next-line no-empty-pattern -- Playwright reads from it what is needed: nothing
  mark: async ({}, use) => use(`e2e${randomBytes(4).toString("hex")}`),
  api: async ({ request, mark }, use) => {
    const login = await request.post("/api/v1/auth/login", {
      data: { username: "admin", password: PASSWORD },
    });
    expect(login.status()).toBe(200);
    await use(request);
    await tidy(request, mark);
  },
  signedIn: async ({ page, api, context }, use) => {
    await context.addCookies((await api.storageState()).cookies);
    await page.goto("/");
    await expect(page.getByRole("heading", { name: "Students" })).toBeVisible();
    await use(page);
  },
});

/** Takes away whatever has the mark in it. */
async function tidy(api: APIRequestContext, mark: string): Promise<void> {
  const { data } = await (await api.get(`/api/v1/students?search=${mark}`)).json();
  for (const { id } of data?.students ?? []) await api.delete(`/api/v1/students/${id}`);
  const courses = (await (await api.get("/api/v1/courses")).json()).data?.courses ?? [];
  for (const { id, code } of courses)
    if (String(code).includes(mark)) await api.delete(`/api/v1/courses/${id}`);
}

/** Fills in the sign-in form. */
export async function signIn(page: Page, password = PASSWORD): Promise<void> {
  await page.goto("/");
  await page.getByLabel("Username").fill("admin");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Makes a student through the interface. */
export async function addStudent(api: APIRequestContext, name: string): Promise<number> {
  // Of the first two words alone: a search for the third must look at the name.
  const [first = "", second = ""] = name.toLowerCase().split(" ");
  const email = `${first}-${second}@example.org`;
  const response = await api.post("/api/v1/students", { data: { name, email } });
  expect(response.status()).toBe(201);
  return (await response.json()).data.id;
}

/** Makes a course through the interface. */
export async function addCourse(api: APIRequestContext, code: string): Promise<number> {
  const response = await api.post("/api/v1/courses", { data: { code, title: `Course ${code}` } });
  expect(response.status()).toBe(201);
  return (await response.json()).data.id;
}
