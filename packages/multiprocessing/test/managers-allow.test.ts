import { BaseManager } from "@concurrent-futures/multiprocessing";
import { afterEach, describe, expect, test } from "@jest/globals";
import * as fixtures from "./fixtures/temperature.mjs";

/** Classes that the two ends of a manager allow each other to send. */

type Class = new (...args: never[]) => object;
const { Temperature, Thermometer, TooHot } = fixtures as {
  readonly Temperature: new (kelvin: number) => { readonly kelvin: number };
  readonly Thermometer: Class;
  readonly TooHot: new (message: string) => Error;
};

const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of cleanup.splice(0).reverse()) await end();
});

/** A thermometer in a server, through a proxy. */
async function thermometer(allow?: readonly Class[]) {
  const options = { address: ["127.0.0.1", 0] as const, authkey: "key", ...(allow && { allow }) };
  const manager = new BaseManager(options).register("Thermometer", { callable: Thermometer });
  cleanup.push(() => manager.shutdown());
  await manager.start();
  return await manager.create("Thermometer");
}

describe("allow, of a manager", () => {
  test("lets instances of its classes in and out", async () => {
    const proxy = await thermometer([Temperature]);
    expect(await proxy.callMethod("show", [new Temperature(300)])).toBe("Temperature 300");
    const warmer = await proxy.callMethod("warmer", [new Temperature(300)]);
    expect(warmer).toBeInstanceOf(Temperature);
    expect(warmer).toMatchObject({ kelvin: 301 });
    expect(proxy.callMethodSync("warmer", [new Temperature(1)])).toBeInstanceOf(Temperature);
  });

  test("lets errors of its classes out", async () => {
    await expect((await thermometer([TooHot])).callMethod("fail")).rejects.toBeInstanceOf(TooHot);
    const plain = (await thermometer()).callMethod("fail");
    await expect(plain).rejects.toMatchObject({ name: "TooHot", message: "melted" });
    await expect(plain).rejects.not.toBeInstanceOf(TooHot);
  });

  test("is nothing by default: an instance is refused where it arrives, and the next call is answered", async () => {
    const proxy = await thermometer();
    await expect(proxy.callMethod("show", [new Temperature(300)])).rejects.toThrow("allow: [Temperature]");
    await expect(proxy.callMethod("warmer", [{ kelvin: 1 }])).rejects.toThrow("allow: [Temperature]");
    expect(await proxy.callMethod("show", [{ kelvin: 5 }])).toBe("Object 5");
  });

  test("holds classes only", () => {
    expect(() => new BaseManager({ allow: [5] as never })).toThrow("allow");
    expect(() => new BaseManager({ allow: Temperature as never })).toThrow("allow");
  });
});
