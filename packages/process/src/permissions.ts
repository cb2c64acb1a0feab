import { RuntimeError } from "@concurrent-futures/core";

/** Node's permissions: what its `--permission` forbids is told with the flag that allows it, which Node itself does not always name. */
const flags = {
  worker: "--allow-worker",
  child: "--allow-child-process",
  "fs.write": "--allow-fs-write",
} as const;

type Permission = keyof typeof flags;

/** @throws RuntimeError when a program was started with permissions, and without this one */
export function requirePermission(permission: Permission, what: string, resource?: string): void {
  const { permission: model } = process as { permission?: { has(name: string, resource?: string): boolean } };
  if (model === undefined || model.has(permission, resource)) return;
  const flag = resource === undefined ? flags[permission] : `${flags[permission]}=${resource}`;
  throw new RuntimeError(`${what}: Node was started with permissions. Add ${flag} to its options.`);
}
