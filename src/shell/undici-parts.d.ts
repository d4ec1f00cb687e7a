/** The two parts of undici that are used; its types describe them only as parts of the whole. */
declare module "undici/lib/dispatcher/client.js" {
  import { Client } from "undici";
  export default Client;
}

declare module "undici/lib/api/api-request.js" {
  import { Client, Dispatcher } from "undici";
  export default function request(
    this: Client,
    options: Dispatcher.RequestOptions,
  ): Promise<Dispatcher.ResponseData>;
}
