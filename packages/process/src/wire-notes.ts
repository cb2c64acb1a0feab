/** What a worker says of itself beside its calls: parts of what `wire.ts` is made of. */

/** What is printed is to come by messages. Before anything that prints. */
export interface CaptureOutputMessage {
  readonly kind: "capture-output";
}

/** Something was printed. Of a process, its host makes these of what comes by its descriptors. */
export interface OutputMessage {
  readonly kind: "output";
  readonly stream: "stdout" | "stderr";
  readonly text: string;
  /** The name of the call that printed it. */
  readonly task?: string | undefined;
}

/** What the worker takes of this machine; at most forty times a second. */
export interface UsageMessage {
  readonly kind: "usage";
  /** Bytes of its heap in use, memory of array buffers included. */
  readonly heap: number;
  /** Milliseconds of processor time since its start, where Node can tell. */
  readonly cpu?: number | undefined;
}
