"""An agent on the official SDKs, as tests of tapes run it: chat, responses, messages and Ollama's, streamed and not, with
a loop of tools."""

# Nothing in it depends on time or chance, so that two runs say the same.
AGENT = r'''
import json
import anthropic
import ollama
from openai import OpenAI

TOOL = {"name": "get_weather", "description": "Current weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}
ASK = 'What is the weather? [call get_weather {"city": "Paris"}]'


def tool(city):
    return f"18 degrees in {city}"


def chat(stream):
    sdk = OpenAI()
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": ASK}]
    while True:
        made = sdk.chat.completions.create(model="gpt-4o", messages=messages, stream=stream,
                                           tools=[{"type": "function", "function": TOOL}])
        if stream:
            text, calls = "", {}
            for event in made:
                for choice in event.choices:
                    text += choice.delta.content or ""
                    for call in choice.delta.tool_calls or []:
                        one = calls.setdefault(call.index, {"id": "", "type": "function",
                                                            "function": {"name": "", "arguments": ""}})
                        one["id"] = call.id or one["id"]
                        one["function"]["name"] += call.function.name or ""
                        one["function"]["arguments"] += call.function.arguments or ""
            calls = list(calls.values())
        else:
            message = made.choices[0].message
            text, calls = message.content or "", [call.model_dump(exclude_none=True) for call in message.tool_calls or []]
        if not calls:
            print("chat", stream, text)
            return
        messages.append({"role": "assistant", "content": text or None, "tool_calls": calls})
        for call in calls:
            print("chat", stream, call["function"])
            messages.append({"role": "tool", "tool_call_id": call["id"],
                             "content": tool(**json.loads(call["function"]["arguments"]))})


def responses(stream, stateful):
    sdk = OpenAI()
    history = [{"role": "user", "content": ASK}]
    previous = None
    while True:
        more = {"previous_response_id": previous} if stateful and previous else {}
        made = sdk.responses.create(model="gpt-4o", input=history, stream=stream, store=stateful,
                                    tools=[{"type": "function", **TOOL}], **more)
        if stream:
            done = [event for event in made if event.type == "response.completed"]
            made = done[0].response
        calls = [item for item in made.output if item.type == "function_call"]
        if not calls:
            print("responses", stream, stateful, made.output_text)
            return
        results = [{"type": "function_call_output", "call_id": call.call_id, "output": tool(**json.loads(call.arguments))}
                   for call in calls]
        print("responses", stream, stateful, calls[0].name, calls[0].arguments)
        previous = made.id
        history = results if stateful else history + [item.model_dump(exclude_none=True) for item in made.output] + results


def messages(stream):
    sdk = anthropic.Anthropic()
    history = [{"role": "user", "content": ASK}]
    while True:
        wanted = dict(model="claude-sonnet-4-5", max_tokens=100, system="Be brief.", messages=history,
                      tools=[{"name": TOOL["name"], "description": TOOL["description"], "input_schema": TOOL["parameters"]}])
        if stream:
            with sdk.messages.stream(**wanted) as events:
                made = events.get_final_message()
        else:
            made = sdk.messages.create(**wanted)
        history.append({"role": "assistant", "content": [block.model_dump(exclude_none=True) for block in made.content]})
        calls = [block for block in made.content if block.type == "tool_use"]
        if not calls:
            print("messages", stream, made.content[0].text)
            return
        print("messages", stream, calls[0].name, calls[0].input)
        history.append({"role": "user", "content": [{"type": "tool_result", "tool_use_id": call.id,
                                                     "content": tool(**call.input)} for call in calls]})


def local(stream):
    history = [{"role": "user", "content": "hello there"}]
    for _ in range(2):
        made = ollama.chat(model="llama3", messages=history, stream=stream)
        text = "".join(part.message.content for part in made) if stream else made.message.content
        print("ollama", stream, text)
        history += [{"role": "assistant", "content": text}, {"role": "user", "content": "go on"}]
    made = ollama.generate(model="llama3", prompt="once", stream=stream)
    print("generate", stream, "".join(part.response for part in made) if stream else made.response)


for streamed in (False, True):
    chat(streamed)
    for kept in (False, True):
        responses(streamed, kept)
    messages(streamed)
    local(streamed)
print("models", [model.id for model in OpenAI().models.list()])
print("tokens", anthropic.Anthropic().messages.count_tokens(
    model="claude-sonnet-4-5", messages=[{"role": "user", "content": "hello"}]).input_tokens)
'''
