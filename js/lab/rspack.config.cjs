// TypeScript is read as it is, also that of the widgets; `npm run check` checks the types.
module.exports = {
  resolve: { extensions: [".ts", ".js"] },
  module: {
    rules: [
      { test: /\.css$/, enforce: "pre", loader: "builtin:lightningcss-loader", options: { minify: true } },
      {
        test: /\.ts$/,
        type: "javascript/auto",
        loader: "builtin:swc-loader",
        options: { jsc: { parser: { syntax: "typescript" }, target: "es2022" } },
      },
    ],
  },
};
