/** The part of undici that is used; its types describe it only as a part of the whole. */
declare module "undici/lib/dispatcher/client.js" {
  import { Client } from "undici";
  export default Client;
}
