import { channel } from "node:diagnostics_channel";
import { inspect } from "node:util";
import { shown } from "@concurrent-futures/callable";
import { type ChannelEvents, channelNames } from "@concurrent-futures/core/channels";

/** A channel, typed: code that publishes checks `hasSubscribers` first, so that nothing is made while nobody listens. */
export interface TypedChannel<E> {
  readonly hasSubscribers: boolean;
  publish(event: E): void;
}

/** The channels of pools, found by name: subscribers need no import of ours. */
export const channels: { readonly [K in keyof ChannelEvents]: TypedChannel<ChannelEvents[K]> } = {
  poolOpen: channel(channelNames.poolOpen),
  poolClose: channel(channelNames.poolClose),
  workerStart: channel(channelNames.workerStart),
  workerUp: channel(channelNames.workerUp),
  workerExit: channel(channelNames.workerExit),
  mapStart: channel(channelNames.mapStart),
  mapEnd: channel(channelNames.mapEnd),
  batchSent: channel(channelNames.batchSent),
  batchResults: channel(channelNames.batchResults),
  taskFailed: channel(channelNames.taskFailed),
};

/** Milliseconds since 1970, with fractions, by the clock that measures. */
export function epochNow(): number {
  return performance.timeOrigin + performance.now();
}

/** Longest preview of a call's arguments, in characters. */
const longestPreview = 80;

/** A short text of a call's arguments. Anything can be an argument, even what throws when it is looked at. */
export function preview(args: readonly unknown[]): string {
  try {
    const text = args
      .slice(0, 8)
      .map((one) =>
        inspect(shown(one), {
          depth: 1,
          maxArrayLength: 8,
          maxStringLength: 80,
          breakLength: Infinity,
          getters: false,
        }),
      )
      .join(", ");
    return text.length > longestPreview ? `${text.slice(0, longestPreview - 1)}…` : text;
  } catch {
    return "(cannot be shown)";
  }
}
