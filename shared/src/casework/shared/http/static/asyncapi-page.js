AsyncApiStandalone.render(
  { schema: { url: "/asyncapi.json" }, config: { show: { sidebar: true, errors: true } } },
  document.getElementById("page"),
);
