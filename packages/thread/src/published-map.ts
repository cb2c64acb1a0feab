import type { AnyFunction, MapOrder, MapSource } from "@concurrent-futures/core";
import { nextMapNumber } from "@concurrent-futures/core/channels";
import { channels, epochNow } from "./diagnostics.ts";

/** Tells those who listen when a map begins and when its reader has let it go. */
export function publishMap<R>(source: MapSource<R>, pool: number, fn: AnyFunction, order: MapOrder): void {
  if (!channels.mapStart.hasSubscribers && !channels.mapEnd.hasSubscribers) return;
  const map = nextMapNumber();
  const name = fn.name === "" ? "(anonymous)" : fn.name;
  channels.mapStart.publish({
    pool,
    map,
    function: name,
    total: source.stats().total,
    order,
    at: epochNow(),
  });
  const close = source.close.bind(source);
  source.close = () => {
    const { done, failed, total } = source.stats();
    const why = failed > 0 ? "failed" : done === total ? "done" : "left";
    close();
    channels.mapEnd.publish({ pool, map, function: name, done, failed, why, at: epochNow() });
  };
}
