/** Compiles what is required here, and in each worker, which gets Node's flags from its parent. */
require("@babel/register")({
  presets: [["@babel/preset-env", { targets: { node: "current" } }]],
  ignore: [/node_modules/],
});
