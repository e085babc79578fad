// Emoji as pictures, so that they look the same on a machine without a font for them.

const pattern = /(?:\p{Emoji_Presentation}|\p{Emoji}\uFE0F)\p{EMod}?\u20E3?(?:\u200D\p{Emoji}\uFE0F?)*/gu;

/** Names the picture: code points in hexadecimal, without the one that only asks for a picture. @param {string} sign */
const address = (sign) => {
  const bare = sign.includes('\u200D') ? sign : sign.replaceAll('\uFE0F', '');
  const name = Array.from(bare, (point) => (point.codePointAt(0) ?? 0).toString(16)).join('-');
  return `/page/emoji/${name}.svg`;
};

/** Loads each picture once; resolves to false where there is none. @type {Map<string, Promise<boolean>>} */
const loads = new Map();

/** Signs whose picture is there. @type {Set<string>} */
const ready = new Set();

/** @param {string} sign */
const load = (sign) => {
  const known = loads.get(sign);
  if (known) return known;
  const picture = new Image();
  /** @type {Promise<boolean>} */
  const loaded = new Promise((resolve) => {
    picture.addEventListener('load', () => {
      ready.add(sign);
      resolve(true);
    });
    picture.addEventListener('error', () => resolve(false));
  });
  picture.src = address(sign);
  loads.set(sign, loaded);
  return loaded;
};

/** Signs drawn in black, which a dark page would hide: they take the color of the text. */
const inked = new Set(['➕', '➖', '➗', '✖️', '✔️', '➰']);

/** A sign whose text stays in the document, behind its picture. @param {string} sign */
const drawnSign = (sign) => {
  const node = document.createElement('span');
  node.textContent = sign;
  const draw = () => {
    const picture = `url("${address(sign)}")`;
    node.className = inked.has(sign) ? 'emoji inked' : 'emoji';
    if (inked.has(sign)) node.style.maskImage = picture;
    else node.style.backgroundImage = picture;
  };
  if (ready.has(sign)) draw();
  else void load(sign).then((found) => found && draw());
  return node;
};

/** Text with its emoji drawn. @param {string} text @returns {Node} */
export const drawnText = (text) => {
  const signs = text.match(pattern);
  if (!signs) return document.createTextNode(text);
  const nodes = document.createDocumentFragment();
  for (const [index, words] of text.split(pattern).entries()) {
    if (words) nodes.append(words);
    const sign = signs[index];
    if (sign) nodes.append(drawnSign(sign));
  }
  return nodes;
};
