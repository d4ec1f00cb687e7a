/** Asks the server; gives the data of its envelope, or throws what it says is wrong. */
export async function ask(method, path, body) {
  const response = await fetch(`/api/v1${path}`, {
    method,
    ...(body && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  const { success, data, error } = await response.json();
  if (!success) throw Object.assign(new Error(error.message), { status: response.status });
  return data;
}
