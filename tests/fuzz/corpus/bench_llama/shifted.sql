CREATE TABLE IF NOT EXISTS test (
  build_commit TEXT,
  n_prompt INTEGER
);

INSERT INTO test (build_commit, build_number, cpu_info, gpu_info split_mode, flash_attn, n_prompt, n_gen, n_depth, avg_tatch, type_k, t~pe_v, n_gpu_layers, split_mode, flash_attn, n_prompt, n_gen, n_depth, avg_ts) VALUES ('0a1b2c3d', '7941', 'Apple M2 Ultra', 'Apple M2 Ultra', 'MTL,BLAS', '/models/gpt-oss-20b-mxfp4.gguf', 'gpt-oss 20B MXFP4 MoE', '12101812224', '2048', 'f16', 'f16', '99', 'layer', '1', '0', '32', '8192', '101.750000');
