import { connect, type Socket } from "node:net";
import { OSError } from "../errors.ts";
import { type Address, addressText } from "./address.ts";

/** Opens a socket. @throws OSError with the system's error as its cause */
export function openSocket(address: Address): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = typeof address === "string" ? connect(address) : connect(address[1], address[0]);
    const fail = (cause: Error): void =>
      reject(new OSError(`Nobody answers at ${addressText(address)}: ${cause.message}.`, { cause }));
    socket.once("error", fail);
    socket.once("connect", () => {
      socket.off("error", fail);
      resolve(socket);
    });
  });
}
