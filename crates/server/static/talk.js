// Conversations: that a visitor waits is said on every page; a reply is sent by Ctrl and Enter.
(() => {
  "use strict";

  /** Says that a visitor waits, with the way there; the sidebar counts anew, and nothing else of the page is touched. */
  const handover = async (path) => {
    const page = document.getElementById("page");
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".side-nav");
    if (fresh) document.querySelector(".side-nav")?.replaceWith(document.adoptNode(fresh));
    if (!path.startsWith("/") || path === location.pathname) return;
    document.getElementById("handover")?.remove();
    const box = document.createElement("div");
    box.id = "handover";
    box.className = "handover-toast";
    box.setAttribute("role", "alert");
    const text = document.createElement("span");
    text.textContent = page.dataset.handover;
    const link = document.createElement("a");
    link.className = "btn btn-sm btn-primary";
    link.href = path;
    link.textContent = page.dataset.open;
    box.append(text, link);
    document.body.append(box);
  };
  document.addEventListener("handover", (event) => handover(event.detail));

  // Ctrl and Enter sends what is written.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches?.("[data-send]"))
      event.target.form.requestSubmit();
  });
})();
