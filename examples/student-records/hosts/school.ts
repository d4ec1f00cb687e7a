/** The school that works with the records, before and after a release came to them. */
export interface School {
  /** Takes in so many students. */
  takeIn(count: number): Promise<void>;
  /** All students, by address. */
  students(): Promise<readonly string[]>;
  /** The release that answers. */
  version(): Promise<string>;
}

/** Signs in as the admin. */
export function schoolAt(url: string, password: string): School {
  const send = async (path: string, body?: object) => {
    const token = path === LOGIN ? undefined : await signIn();
    const response = await fetch(`${url}/api/v1${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: {
        "content-type": "application/json",
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    const { data }: { readonly data: Data } = Object(await response.json());
    return data;
  };
  let signedIn: Promise<string> | undefined;
  const signIn = () =>
    (signedIn ??= send(LOGIN, { username: "admin", password }).then(({ token }) => token));
  return {
    async takeIn(count) {
      for (let number = 1; number <= count; number += 1)
        await send("/students", {
          name: `Student ${number}`,
          email: `student${number}@school.example`,
        });
    },
    async students() {
      const { students } = await send("/students");
      return students.map(({ name, email }) => `${email} ${name}`).toSorted();
    },
    async version() {
      return String(Object(await (await fetch(`${url}/api/v1/version`)).json()).version);
    },
  };
}

const LOGIN = "/auth/login";

interface Data {
  readonly token: string;
  readonly students: readonly { readonly name: string; readonly email: string }[];
}
