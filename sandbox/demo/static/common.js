// What the pages of the demo share.

export const find = (selector, within = document) => within.querySelector(selector);
export const make = (name, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
};

export async function get(path, query = {}) {
  const response = await fetch(`/demo/${path}?${new URLSearchParams(query)}`);
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

export async function send(action, body) {
  try {
    const response = await fetch(`/demo/${action}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const answer = await response.json();
    if (answer.error || answer.note) notify(answer.error || answer.note);
    return response.ok ? answer : null;
  } catch {
    notify("The demo does not answer. Is it still running?");
    return null;
  }
}

let fading = 0;
export function notify(sentence) {
  const toast = find("#toast");
  toast.textContent = sentence;
  toast.classList.add("shown");
  clearTimeout(fading);
  fading = setTimeout(() => toast.classList.remove("shown"), 6000);
}

export function announce(sentence) {
  const announcer = find("#announcer");
  announcer.append(make("p", { textContent: sentence }));
  while (announcer.children.length > 5) announcer.firstChild.remove();
}

/** A function that does the work once at a time, and once more where it was called meanwhile. */
export function coalesced(work) {
  let running = false;
  let again = false;
  return async () => {
    again = true;
    if (running) return;
    running = true;
    try {
      while (again) {
        again = false;
        await work();
      }
    } finally {
      running = false;
    }
  };
}

/** Enter sends, Shift and Enter begins a new line. */
export function sendOnEnter(form) {
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.target.tagName !== "TEXTAREA") return;
    event.preventDefault();
    form.requestSubmit();
  });
}
