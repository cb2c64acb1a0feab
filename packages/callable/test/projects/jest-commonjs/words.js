import { sep } from "node:path";

export const shout = (word) => word.toUpperCase() + sep;
