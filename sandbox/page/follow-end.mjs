// A list that stays at its end while it grows, as long as one has not scrolled away from there.

const near = 80;

/** @param {HTMLElement} list */
export const followEnd = (list) => {
  let isAtEnd = true;
  const stay = () => {
    if (isAtEnd) list.scrollTop = list.scrollHeight;
  };
  const look = () => {
    isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < near;
  };
  // A part that one opens at the end is not scrolled away.
  for (const name of ['scroll', 'toggle']) list.addEventListener(name, look, { capture: true });
  new MutationObserver(stay).observe(list, { childList: true, subtree: true });
  // The composer below it grows, and the thread beside it makes it narrow.
  new ResizeObserver(stay).observe(list);
  stay();
};
