// Finds passages of the documentation. The index is asked for at the first key.
const input = document.getElementById("query");
const results = document.getElementById("results");
const FIELDS = ["heading", "page", "text"];
let index;

async function search(query) {
  index ??= fetch("index.json").then((response) => response.text())
    .then((text) =>
      MiniSearch.loadJSON(text, {
        fields: FIELDS,
        storeFields: ["url", "page", "heading"],
      })
    );
  const found = (await index).search(query, {
    boost: { heading: 3, page: 2 },
    prefix: true,
    fuzzy: 0.1,
  });
  return found.slice(0, 10);
}

function show(found, query) {
  results.hidden = query === "";
  results.replaceChildren(...found.map(({ url, page, heading }) => {
    const link = document.createElement("a");
    link.href = url;
    link.textContent = heading === "" || heading === page
      ? page
      : `${page}: ${heading}`;
    const item = document.createElement("li");
    item.append(link);
    return item;
  }));
  if (found.length === 0 && query !== "") {
    const item = document.createElement("li");
    item.textContent = `Nothing has "${query}"`;
    results.append(item);
  }
}

input.addEventListener("input", async () => {
  const query = input.value.trim();
  const found = query === "" ? [] : await search(query);
  // A later key may have been faster.
  if (query === input.value.trim()) show(found, query);
});

document.addEventListener("keydown", (event) => {
  const typing = /^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName);
  if (event.key === "/" && !typing) {
    event.preventDefault();
    input.focus();
  }
  if (event.key === "Escape" && document.activeElement === input) {
    input.value = "";
    show([], "");
  }
});
