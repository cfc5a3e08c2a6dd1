"""The promise under SIGKILL: the main job with the bot killed again and again, judged by what people can see."""
