/** Texts become text nodes, so nothing that comes from outside is ever read as markup. */
export type Child = Node | string | null;

export type Attributes = Readonly<Record<string, string | number | boolean | null>>;

/** Makes an HTML element. An attribute that is null or false is left out, true stands for the empty string. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  return fill(document.createElement(tag), attributes, children);
}

/** Makes an SVG element, in the same manner. */
export function s<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Tag] {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

/** Makes an element that answers to clicks. */
export function button(attributes: Attributes, label: Child, onClick: () => void): HTMLButtonElement {
  const element = h('button', { type: 'button', ...attributes }, label);
  element.addEventListener('click', onClick);
  return element;
}

/** Sets attributes that differ; null and false remove. */
export function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false) element.removeAttribute(name);
    else {
      const text = value === true ? '' : String(value);
      if (element.getAttribute(name) !== text) element.setAttribute(name, text);
    }
  }
}

/** Sets the text if it differs, so that a selection in unchanged text survives. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** Shows or hides an element. */
export function show(element: HTMLElement, shown: boolean): void {
  element.hidden = !shown;
}

export interface Row<Item> {
  readonly element: Element;
  /** Called with every list that has the item; for what changes while the item stays. */
  update?(item: Item): void;
}

/**
 * Keeps the children of an element equal to a list of items, and the element of an item for as long as its key is in
 * the list: focus and selection stay where they are while the list moves.
 */
export function createList<Item>(
  parent: Element,
  keyOf: (item: Item) => string,
  create: (item: Item) => Row<Item>,
): (items: readonly Item[]) => void {
  let rows = new Map<string, Row<Item>>();
  return (items) => {
    const next = new Map<string, Row<Item>>();
    for (const item of items) {
      const key = keyOf(item);
      const row = rows.get(key) ?? create(item);
      row.update?.(item);
      next.set(key, row);
    }
    for (const [key, row] of rows) if (!next.has(key)) row.element.remove();
    let place = parent.firstElementChild;
    for (const row of next.values()) {
      if (row.element === place) place = place.nextElementSibling;
      else parent.insertBefore(row.element, place);
    }
    rows = next;
  };
}

function fill<Made extends Element>(element: Made, attributes: Attributes, children: readonly Child[]): Made {
  setAttributes(element, attributes);
  for (const child of children) if (child !== null) element.append(child);
  return element;
}
