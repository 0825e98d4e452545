// Keeps clocks, chance and concurrency out of the pure layers: their only time is the `now` they are given.

const FORBIDDEN_GLOBALS = new Map([
  ["Date", "time comes in as an Instant"],
  ["Promise", "decisions are synchronous"],
  ["setTimeout", "a machine says its next deadline instead"],
  ["setInterval", "a machine says its next deadline instead"],
  ["performance", "time comes in as an Instant"],
  ["process", "the pure layers know no operating system"],
]);

const reportAsync = (context) => (node) => {
  if (node.async) context.report({ node, message: "No async function in a pure layer: decisions are synchronous." });
};

const pure = {
  create(context) {
    return {
      FunctionDeclaration: reportAsync(context),
      FunctionExpression: reportAsync(context),
      ArrowFunctionExpression: reportAsync(context),
      AwaitExpression(node) {
        context.report({ node, message: "No await in a pure layer: decisions are synchronous." });
      },
      Identifier(node) {
        const why = FORBIDDEN_GLOBALS.get(node.name);
        const isProperty =
          node.parent?.type === "MemberExpression" && node.parent.property === node && !node.parent.computed;
        const isKey = node.parent?.type === "Property" && node.parent.key === node;
        if (why !== undefined && !isProperty && !isKey) {
          context.report({ node, message: `No ${node.name} in a pure layer: ${why}.` });
        }
      },
      MemberExpression(node) {
        if (node.object.name === "Math" && node.property.name === "random") {
          context.report({
            node,
            message: "No Math.random in a pure layer: take a seeded stream from base/random.ts.",
          });
        }
      },
    };
  },
};

export default { meta: { name: "locum" }, rules: { pure } };
