import { signIn } from "./accounts/sign-in.ts";
import { download } from "./blobs/download.ts";
import { list, remove, upload } from "./blobs/upload.ts";
import { forAdmins, forReaders, open, type Route } from "./http/router.ts";
import { showHealth, showMetrics } from "./operations/health.ts";
import { pageRoutes } from "./operations/pages.ts";

/** Every end point of the application. */
export const ROUTES: readonly Route[] = [
  ...pageRoutes(),
  open("GET", "/health", showHealth),
  open("GET", "/metrics", showMetrics),
  open("POST", "/auth/token", signIn),
  forAdmins("POST", "/secure/files/upload", upload),
  forReaders("GET", "/secure/files", list),
  forReaders("GET", "/secure/files/:blob/stream", download),
  forAdmins("DELETE", "/secure/files/:blob", remove),
];
