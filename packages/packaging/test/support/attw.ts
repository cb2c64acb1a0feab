import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";

/**
 * What attw says of a package, of the entries that are for everybody, but for the one exception that is meant: `CJSResolvesToESM` for
 * CommonJS files under `module: node16`. TypeScript of that setting does not know that Node requires ES modules, which each supported Node
 * does; types that call the same file CommonJS would be silent there, and false (attw's `FalseCJS`).
 */
export async function typeProblems(tarball: Uint8Array, entrypoints: string[]): Promise<string[]> {
  const result = await checkPackage(createPackageFromTarballData(tarball), { entrypoints });
  if (!result.types) return ["no types"];
  return result.problems
    .filter((problem) => !(problem.kind === "CJSResolvesToESM" && problem.resolutionKind === "node16-cjs"))
    .map((problem) => JSON.stringify(problem));
}
