import { Document, isMap, isScalar, isSeq, Scalar, visit } from "yaml";

/** Writes plain data as YAML for people: maps within lists of maps in blocks, small leaves on one line. */
export function writeYaml(value: unknown, options: { readonly inlineBelow?: number } = {}): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  const most = options.inlineBelow ?? 70;
  visit(document, {
    Collection(_, node, path) {
      // A text is a block at its top, and so is each item of a list that it is.
      if (path.length <= 2) return;
      const isSmall =
        isMap(node) || isSeq(node) ? JSON.stringify(node.toJSON()).length <= most : false;
      if (isSmall && holdsLeaves(node.items)) node.flow = true;
    },
    Scalar(_, node) {
      if (
        typeof node.value === "string" &&
        /^\$\{|[\n]/.test(node.value) &&
        !node.value.includes("\n")
      )
        node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return document.toString({ lineWidth: 110, flowCollectionPadding: true });
}

/** Deeper than three levels reads better in blocks. */
function holdsLeaves(items: readonly unknown[], depth = 0): boolean {
  return items.every((item) => {
    const value: unknown =
      typeof item === "object" && item && "value" in item && !isScalar(item) ? item.value : item;
    if (isMap(value) || isSeq(value)) return depth < 2 && holdsLeaves(value.items, depth + 1);
    return true;
  });
}
