/**
 * Gives the memory of a piece back at once: the collector lets some 100 MB of such pieces lie before it looks. Only of
 * one that has its memory for itself; what else lies in a shared one is not ours to give.
 */
export function giveBack({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
